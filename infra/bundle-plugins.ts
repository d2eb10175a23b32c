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

/**
 * The SDK describes every operation of a service in one file of constants, whose computed keys (`{ [_h]: ... }`) keep esbuild from seeing
 * that most are never used. With the keys written out only the operations that a function calls remain: S3 alone loses 58 kB.
 */
const sdkSchemas: Plugin = {
  name: 'sdk-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@aws-sdk[/\\].*[/\\]schemas_\d+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      const contents = text.replace(/\[(\w+)\]:/g, (key, name: string) => {
        const value = constants.get(name);
        return value === undefined ? key : `${value}:`;
      });
      return { contents, loader: 'js' };
    });
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
      if (kind !== 'import-statement' || !(path.startsWith('node:') || names.has(path))) return null;
      return { path: path.replace(/^node:/, ''), namespace: 'builtin' };
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(`node:${path}`)})`,
    }));
  },
};

/** Our errors are logged by the name of their class, which the shortening of names would take from them. */
const namedErrors: Plugin = {
  name: 'named-errors',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\](src|functions)[/\\].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(
        /^((?:export )?(?:abstract )?class (\w+Error) extends [^{]*\{)/gm,
        (head, _all, name: string) => `${head} static override readonly name: string = '${name}';`,
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** What the bundles are made with beside esbuild itself; each says what it saves. */
export const BUNDLE_PLUGINS: readonly Plugin[] = [
  lambdaCredentials,
  sdkSchemas,
  sdkVersions,
  requiredBuiltins,
  namedErrors,
];
