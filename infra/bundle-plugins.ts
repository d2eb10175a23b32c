import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * In Lambda credentials stand in the environment and nowhere else. The SDK's own chain also carries sign-on by browser, assumed roles,
 * profiles and instance metadata, with clients of their own: 95 kB that no function can ever use.
 */
const lambdaCredentials: Plugin = {
  name: 'lambda-credentials',
  setup({ onResolve, onLoad, resolve }) {
    onResolve(
      { filter: /^@aws-sdk\/credential-provider(s|-node)$/ },
      async ({ path: wanted, kind, resolveDir, pluginData }) => {
        if (pluginData === 'as it is') return null;
        const { path, errors } = await resolve(wanted, { kind, resolveDir, pluginData: 'as it is' });
        return errors.length > 0
          ? { errors }
          : { path: 'environment', namespace: 'lambda-credentials', pluginData: dirname(path) };
      },
    );
    onLoad({ filter: /.*/, namespace: 'lambda-credentials' }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider, fromEnv as fromNodeProviderChain } from '@aws-sdk/credential-provider-env';`,
      resolveDir: String(pluginData),
    }));
  },
};

/** Errors of the SDK that our code knows by their class (a test finds them); all others it knows by their name, which they keep without one. */
export const KNOWN_ERRORS: ReadonlySet<string> = new Set(['ConditionalCheckFailedException']);

/**
 * The SDK describes every operation of a service in one file of constants, whose computed keys (`{ [_h]: ... }`) keep esbuild from seeing
 * that most are never used, and registers every error of the service. With the keys written out and those registrations left out that nobody
 * asks for, only the operations remain that a function calls: 65 kB less of S3, 20 kB less of DynamoDB.
 */
const sdkSchemas: Plugin = {
  name: 'sdk-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@aws-sdk[/\\].*[/\\]schemas_\d+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      const contents = text
        .replace(/\[(\w+)\]:/g, (key, name: string) => {
          const value = constants.get(name);
          return value === undefined ? key : `${value}:`;
        })
        .replace(/^n0_registry\.registerError\(\w+\$, (\w+)\);$/gm, (line, name: string) =>
          KNOWN_ERRORS.has(name) ? line : '',
        );
      return { contents, loader: 'js' };
    });
  },
};

/** What the SDK's own modules want of features that none of our calls has. */
const UNUSED_FEATURES: Readonly<Record<string, string>> = {
  // Answers and requests that are streams of events.
  '@smithy/core/event-streams': `
    export const resolveEventStreamSerdeConfig = (config) => config;
    export const eventStreamSerdeProvider = () => undefined;
    export class EventStreamSerde {
      constructor() {
        throw new Error('Streams of events are not in this bundle; see infra/bundle-plugins.ts.');
      }
    }`,
  // Asking DynamoDB for the endpoint of a table, which is off unless it is asked for.
  '@aws-sdk/endpoint-cache': 'export class EndpointCache {}',
};

/** Leaves out what no call of ours can need, with all that it brings along: 40 kB. */
const unusedFeatures: Plugin = {
  name: 'unused-features',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(smithy|aws-sdk)\// }, ({ path }) =>
      path in UNUSED_FEATURES ? { path, namespace: 'unused-features' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'unused-features' }, ({ path }) => ({ contents: UNUSED_FEATURES[path] ?? '' }));
  },
};

/** A client of the SDK takes its version from its own package.json, and with it all the rest of that file. */
const sdkVersions: Plugin = {
  name: 'sdk-versions',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@aws-sdk[/\\][\w-]+[/\\]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * An import of `node:http` reads every export of it, and some of these are only made when they are read: fetch, WebSocket, HTTP/2.
 * A require reads what is used.
 */
const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    const names = new Set(builtinModules);
    onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path, kind }) => {
      if (kind === 'require-call' || !(path.startsWith('node:') || names.has(path))) return null;
      return { path: path.replace(/^node:/, ''), namespace: 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(`node:${path}`)})`,
    }));
  },
};

/**
 * Two changes to our own sources. What they import only when it is needed is imported at the start: Lambda gives a whole processor to the
 * import and a share of one to the first call, and esbuild leaves nothing out of what is imported later (130 kB of the SDK). And an error
 * keeps the name of its class, which is logged and which the shortening of names would take from it.
 */
const ourSources: Plugin = {
  name: 'our-sources',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\](src|functions)[/\\].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const imports: string[] = [];
      const contents = text
        .replace(/\bawait import\(('\.[^']+')\)/g, (_all, module: string) => {
          imports.push(`import * as eager${imports.length} from ${module};`);
          return `eager${imports.length - 1}`;
        })
        .replace(
          /^((?:export )?(?:abstract )?class (\w+Error) extends [^{]*\{)/gm,
          (head, _all, name: string) => `${head} static override readonly name: string = '${name}';`,
        );
      return { contents: [...imports, contents].join('\n'), loader: 'ts' };
    });
  },
};

/** What the bundles are made with beside esbuild itself; each says what it saves. */
export const BUNDLE_PLUGINS: readonly Plugin[] = [
  lambdaCredentials,
  sdkSchemas,
  unusedFeatures,
  sdkVersions,
  requiredBuiltins,
  ourSources,
];
