import { randomBytes } from 'node:crypto';

/** Who signs with a key: the code of a function, or a service with a role of it. */
export interface Principal {
  readonly kind: 'function' | 'service';
  /** Name of the function. */
  readonly functionName: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Gives everybody an access key of their own, so that each request tells who made it. */
export class Principals {
  readonly #byKey = new Map<string, Principal>();
  readonly #byName = new Map<string, Principal>();

  /** The key of a function's code, or of the service that works with its role. */
  of(kind: Principal['kind'], functionName: string): Principal {
    const name = `${kind} ${functionName}`;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const made: Principal = {
      kind,
      functionName,
      accessKey: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretKey: randomBytes(20).toString('hex'),
    };
    this.#byName.set(name, made);
    this.#byKey.set(made.accessKey, made);
    return made;
  }

  /** Whose key this is; null for one that was given to nobody. */
  byKey(accessKey: string): Principal | null {
    return this.#byKey.get(accessKey) ?? null;
  }
}
