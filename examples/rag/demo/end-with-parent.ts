// Loaded before the server that the demo starts: where the demo is killed, the server has nobody to stop it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
