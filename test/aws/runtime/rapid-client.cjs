// The native half of aws-lambda-ric, over node:http: the same four functions, the same order of requests. One connection, so that `next` is
// asked after the answer before it was taken.
const { Agent, request } = require('node:http');
const { moveClock } = require('./clock.cjs');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, agent, path: `/2018-06-01/runtime${path}`, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ headers: response.headers, bodyJson: Buffer.concat(chunks).toString('utf8') }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The host is gone: so is this environment. */
function endWithHost() {
  process.exit(1);
}

exports.initializeClient = () => {};

exports.next = async () => {
  const invocation = await call('GET', '/invocation/next').catch(endWithHost);
  moveClock(Number(invocation.headers['x-test-clock-offset-ms']));
  return invocation;
};

exports.done = (id, body) => {
  call('POST', `/invocation/${id}/response`, body, { 'content-type': 'application/json' }).catch(endWithHost);
};

exports.error = (id, body, cause) => {
  const headers = { 'content-type': 'application/json', 'lambda-runtime-function-xray-error-cause': cause };
  call('POST', `/invocation/${id}/error`, body, headers).catch(endWithHost);
};
