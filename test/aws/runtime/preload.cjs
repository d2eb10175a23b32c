// Loaded before the runtime client of Lambda: brings the cloud's clock, and the client's native half in JavaScript.
const { Module } = require('node:module');
const { join } = require('node:path');
const { installClock } = require('./clock.cjs');

installClock(Number(process.env.FAXSYNC_TEST_CLOCK_OFFSET_MS ?? 0));
delete process.env.FAXSYNC_TEST_CLOCK_OFFSET_MS;

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function resolve(request, ...rest) {
  return request === './rapid-client.node'
    ? join(__dirname, 'rapid-client.cjs')
    : resolveFilename.call(this, request, ...rest);
};
