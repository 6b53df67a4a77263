"""Install the extension from its zip into the user's Blender, as Preferences > Get Extensions > Install from Disk."""

import sys

import bpy

package = sys.argv[sys.argv.index("--") + 1]
bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
bpy.ops.wm.save_userpref()
