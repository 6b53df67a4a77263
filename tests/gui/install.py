"""Install the extension from its zip into the user's Blender, as Preferences > Get Extensions > Install from Disk.

File browsers fill the window: where nothing manages windows, Blender is wrong about where one of their own is.

Arguments: the zip, and the offline folder to choose in the preferences, if any.
"""

import sys

import bpy

package, *offline = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
for folder in offline:
    bpy.context.preferences.addons["bl_ext.user_default.dreamfusion"].preferences.offline_folder = folder
bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
bpy.ops.wm.save_userpref()
