import { App } from 'aws-cdk-lib';
import { bundleFunctions } from './bundle.ts';
import { FaxsyncStack } from './faxsync-stack.ts';
import { readSettings } from './read-settings.ts';

// No account and no region: the template fits every one, and synth needs neither network nor credentials.
const app = new App();
const path: unknown = app.node.tryGetContext('settings');
const settings = readSettings(typeof path === 'string' ? path : undefined);
const outdir = 'dist';
await bundleFunctions({ outdir });
new FaxsyncStack(app, 'Faxsync', {
  settings,
  bundles: outdir,
  description: 'faxsync: mirrors a Phaxio account into Postgres',
});
app.synth();
