// What Flamenco Manager gives to a job type, as its documentation has it; the calls that it refuses are refused here.
"use strict";

class Task {
    constructor(name, type) {
        Object.assign(this, { name, type, commands: [], dependencies: [] });
    }
    addCommand(command) { this.commands.push(command); }
    addDependency(task) { this.dependencies.push(task); }
}

const author = {
    Task(name, type) {
        if (!name.trim() || !type.trim()) throw new Error("author.Task(name, type): both are required");
        return new Task(name.trim(), type.trim());
    },
    Command(name, parameters) { return { name, parameters }; },
};

const path = { join: (...parts) => parts.join("/").replace(/\/+/g, "/") };

function print() {}

// The tasks of a job with these settings, as JSON.
function compiled(settings) {
    const tasks = [];
    compileJob({ settings: JSON.parse(settings), addTask(task) { tasks.push(task); } });
    return JSON.stringify(tasks);
}
