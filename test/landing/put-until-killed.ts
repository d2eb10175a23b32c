import { FolderLandingZone } from '../../src/landing/folder.ts';
import { sampleEnvelope } from './envelopes.ts';

/** Puts one object after the other until it is killed: `node put-until-killed.ts <folder> <first observation>`. */
const [, , root = '', first = '0'] = process.argv;
const zone = new FolderLandingZone(root);
for (let observation = Number(first); ; observation++) {
  await zone.put(sampleEnvelope({ observation }));
  if (observation === Number(first)) process.stdout.write('put\n');
}
