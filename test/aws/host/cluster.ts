import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/runtime/embedded-postgres.ts';
import { testCertificate } from '../../support/certificate.ts';
import { PostgresGateway } from '../../support/postgres-gateway.ts';
import { RdsDataServer } from '../../support/rds-data-server.ts';
import type { Deployment } from '../deployment.ts';
import type { Stage } from '../stage.ts';
import { DatabaseDoor } from './database-door.ts';

const DATABASE = 'faxsync';
/** As the stack names it; a deployment under another name finds no login and fails. */
const MASTER = 'faxsync_master';
const MASTER_PASSWORD = 'set-by-rds';

/** How the cluster is to behave. */
export interface ClusterOptions {
  /** Whether a login's token lets it in. */
  readonly judge: (user: string, password: string, endpoint: string) => boolean;
  /** The clusters that are deployed by now. */
  readonly deployed: () => Promise<Deployment['clusters']>;
  /** Whether the master may give `bypassrls` away; without it loads insert instead of copying. It is not known of Aurora. */
  readonly mayBypass: boolean;
}

/**
 * What stands for Aurora: a real Postgres with a master that is no superuser, behind a gateway that takes TLS and tokens of IAM only, and the
 * Data API beside it.
 */
export class Cluster {
  readonly gateway: PostgresGateway;
  readonly door: DatabaseDoor;
  readonly dataApi: RdsDataServer;
  /** URL of the superuser, for the test itself. */
  readonly url: string;
  /** The authority of the gateway's certificate, PEM. */
  readonly authority: string;
  readonly #options: ClusterOptions;
  readonly #names: { resourceArn: string; secretArn: string };

  private constructor(
    parts: Pick<Cluster, 'gateway' | 'door' | 'dataApi' | 'url' | 'authority'>,
    options: ClusterOptions,
    names: { resourceArn: string; secretArn: string },
  ) {
    this.gateway = parts.gateway;
    this.door = parts.door;
    this.dataApi = parts.dataApi;
    this.url = parts.url;
    this.authority = parts.authority;
    this.#options = options;
    this.#names = names;
  }

  /** Starts it, on free ports of this machine. */
  static async start(stage: Stage, options: ClusterOptions): Promise<Cluster> {
    const postgres = await startEmbeddedPostgres({ isDurable: false });
    stage.onEnd(() => postgres.stop());
    await makeMaster(postgres, options.mayBypass);
    const certificate = testCertificate();
    let endpoint = '';
    const gateway = await PostgresGateway.start({
      upstream: postgres.connectionString,
      tls: certificate,
      judge: (user, password) => options.judge(user, password, endpoint),
    });
    stage.onEnd(() => gateway.stop());
    const door = await DatabaseDoor.open(() => gateway.port);
    stage.onEnd(() => door.shut());
    endpoint = `localhost:${door.port}`;
    const master = new URL(postgres.connectionString);
    master.username = MASTER;
    master.password = MASTER_PASSWORD;
    const names = { master: master.href, resourceArn: '', secretArn: '' };
    const dataApi = await RdsDataServer.start(names);
    stage.onEnd(() => dataApi.stop());
    return new Cluster(
      { gateway, door, dataApi, url: postgres.connectionString, authority: certificate.cert },
      options,
      names,
    );
  }

  /** Host and port that logins connect to. */
  get endpoint(): string {
    return `localhost:${this.door.port}`;
  }

  /** Takes the names of what is deployed by now: from then on the Data API answers for them. */
  async learnNames(): Promise<void> {
    const [cluster] = await this.#options.deployed();
    if (cluster?.HttpEndpointEnabled !== true || cluster.MasterUsername !== MASTER) return;
    this.#names.resourceArn = cluster.DBClusterArn;
    this.#names.secretArn = cluster.MasterSecretArn ?? '';
  }
}

/** The roles that RDS makes in a new cluster. */
async function makeMaster({ connectionString }: EmbeddedPostgres, mayBypass: boolean): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(`
      create role rds_iam nologin;
      create role rds_superuser nologin;
      create role ${MASTER} login createdb createrole ${mayBypass ? 'bypassrls' : 'nobypassrls'} password '${MASTER_PASSWORD}';
      grant rds_iam to ${MASTER} with admin option;
      grant pg_monitor, pg_signal_backend to rds_superuser;
      grant rds_superuser to ${MASTER};
      alter database ${DATABASE} owner to ${MASTER};
    `);
  } finally {
    await client.end();
  }
}
