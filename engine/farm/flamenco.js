// A Flamenco job type, written by python -m engine farm flamenco: put it into the folder "scripts" beside
// flamenco-manager. A task per run; one that fails goes on from its checkpoint where it is tried again.

const JOB_TYPE = {
    label: "Dreamfusion",
    description: "Text to 3D: runs a list of run folders, each to its end",
    settings: [
        { key: "python", type: "string", required: true, default: "$PYTHON",
          description: "The engine's Python, where the workers have it" },
        { key: "project", type: "string", required: true, default: "$PROJECT",
          description: "The folder with the engine, where the workers have it" },
        { key: "root", type: "string", subtype: "dir_path", required: true, default: "$ROOT",
          description: "The folder of runs, which all workers share" },
        { key: "runs", type: "string", required: true, default: "$RUNS",
          description: "Names of run folders in it, with spaces between" },
        { key: "download", type: "bool", default: "$DOWNLOAD",
          description: "Whether workers may download the priors' weights" },
    ],
};

// What the job was given, or else the default: whoever submits it without Blender may leave settings out.
function setting(job, key) {
    const given = job.settings[key];
    return given === undefined ? JOB_TYPE.settings.find((known) => known.key === key).default : given;
}

function compileJob(job) {
    const options = setting(job, "download") ? ["--download"] : [];
    const runs = setting(job, "runs").split(" ").filter((name) => name);
    if (runs.length === 0) {
        throw "This job names no runs: write names of run folders into its setting runs.";
    }
    for (const name of runs) {
        const task = author.Task(name, "misc");
        task.addCommand(author.Command("exec", {
            exe: setting(job, "python"),
            args: [setting(job, "project"), "task", path.join(setting(job, "root"), name), ...options],
        }));
        job.addTask(task);
    }
}
