import { readFileSync } from 'node:fs';
import { SettingsError } from '../src/domain/errors.ts';
import { checkSettings } from './check-settings.ts';
import { type DeploymentSettings, SETTINGS } from './settings.ts';

/**
 * The settings of a deployment: those of `settings.ts`, and over them those of a JSON file with the same names. Sections are merged name by
 * name; lists, and a warehouse of another kind, are taken whole.
 * @throws {SettingsError} for a file that cannot be read, names that do not exist, values of another form, and settings that cannot work.
 */
export function readSettings(path: string | undefined): DeploymentSettings {
  const settings = path === undefined ? SETTINGS : mergeSettings(SETTINGS, readJson(path));
  checkSettings(settings);
  return settings;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const code = cause instanceof SyntaxError ? 'it is not JSON' : String((cause as NodeJS.ErrnoException).code);
    throw settingsFault(`The file given with -c settings= cannot be read (${code}).`, cause);
  }
}

/** Lays a JSON document over the settings. @throws {SettingsError} naming every place that does not fit. */
export function mergeSettings(settings: DeploymentSettings, over: unknown): DeploymentSettings {
  const faults: string[] = [];
  const merged = merge('', settings, over, faults);
  if (faults.length > 0)
    throw settingsFault(`The file given with -c settings= does not fit:\n- ${faults.join('\n- ')}`);
  return merged as DeploymentSettings;
}

const EXTERNAL_FORM = { kind: 'external', connectionsMax: 0 };

function merge(place: string, base: unknown, over: unknown, faults: string[]): unknown {
  if (place === 'warehouse' && isSection(over) && over['kind'] === 'external') {
    return merge('warehouse (external)', EXTERNAL_FORM, over, faults);
  }
  if (isSection(base)) {
    if (!isSection(over)) {
      faults.push(`${place === '' ? 'the whole' : place} is not an object of settings`);
      return base;
    }
    const merged: Record<string, unknown> = { ...base };
    for (const [name, value] of Object.entries(over)) {
      const inner = place === '' ? name : `${place}.${name}`;
      if (name in base) merged[name] = merge(inner, base[name], value, faults);
      else faults.push(`${inner} does not exist; known here: ${Object.keys(base).join(', ')}`);
    }
    return merged;
  }
  if (place === 'warehouse.kind' && over !== base) {
    faults.push('warehouse.kind is neither aurora nor external');
    return base;
  }
  // Where the default is null, the checks know what may stand there.
  if (base === null || over === null || formOf(base) === formOf(over)) return over;
  faults.push(`${place} is not ${formOf(base)}`);
  return base;
}

function formOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function settingsFault(message: string, cause?: unknown): SettingsError {
  return new SettingsError(message, { code: 'deployment_settings_invalid', cause });
}
