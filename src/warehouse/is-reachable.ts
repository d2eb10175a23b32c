import type pg from 'pg';

/** Whether the database answers at all; takes as long as the pool's connect timeout where it does not. */
export async function isReachable(pool: pg.Pool): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  );
}
