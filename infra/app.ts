import { App } from 'aws-cdk-lib';
import { FaxsyncStack } from './faxsync-stack.ts';

// No account and no region: the template fits every one, and synth needs neither network nor credentials.
const app = new App();
new FaxsyncStack(app, 'Faxsync', { description: 'faxsync: mirrors a Phaxio account into Postgres' });
app.synth();
