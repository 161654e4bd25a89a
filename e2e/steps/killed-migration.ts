import assert from 'node:assert/strict';
import { eventually } from '../../services/testing/client.ts';
import { patience } from '../kubectl.ts';
import { askLedger, deploy, gateways, type World, workers } from '../world.ts';

/** All that is ours in the database; the store stays. */
const wipe = 'drop schema public cascade; create schema public';
/** The first migration waits behind this, in its middle, until the session is ended. */
const obstacle = 'begin; create table uploads (); select pg_sleep(120)';
const blocked = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
const clear = "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'";
const countTables = "select count(*) from pg_tables where schemaname = 'public'";

export async function killedMigration(world: World): Promise<void> {
  const { kubectl } = world;
  const sql = (text: string) => askLedger(world, text);
  const tables = async () => Number(await sql(countTables));
  const whole = await tables();
  await kubectl('scale', gateways, workers, '--replicas=0');
  await kubectl.emptied('gateway', 'worker');
  await sql(wipe);
  const held = sql(obstacle).catch(() => undefined);
  const deployed = deploy(world);
  await eventually(async () => Number(await sql(blocked)) > 0 || undefined, patience);
  const running = '--field-selector=status.phase=Running';
  const migrations = 'app.kubernetes.io/component=migrations';
  const pod = await kubectl('get', 'pods', '-l', migrations, running, '-o', 'name');
  await kubectl('delete', pod.trim(), '--grace-period=0', '--force');
  await sql(clear);
  await held;
  await deployed;
  assert.equal(await tables(), whole);
}
