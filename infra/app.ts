import { App } from 'aws-cdk-lib';
import { bundleFunctions } from './bundle.ts';
import { constructId } from './construct-id.ts';
import { FaxsyncStack } from './faxsync-stack.ts';
import { readSettings } from './read-settings.ts';

// No account and no region: the template fits every one, and synth needs neither network nor credentials.
const app = new App();
const path: unknown = app.node.tryGetContext('settings');
const settings = readSettings(typeof path === 'string' ? path : undefined);
const outdir = 'dist';
await bundleFunctions({ outdir });
// The name of the deployment is the stack's, so that a second one beside it is a stack of its own: "faxsync" gives Faxsync.
new FaxsyncStack(app, constructId(settings.name), {
  settings,
  bundles: outdir,
  description: 'faxsync: mirrors a Phaxio account into Postgres',
});
app.synth();
