import manifest from '../../package.json' with { type: 'json' };

/** Version of this code, as in package.json. */
export const CODE_VERSION: string = manifest.version;
