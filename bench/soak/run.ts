import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../test/support/body/random.ts';
import { SoakClient } from './client.ts';
import { Crowd } from './crowd.ts';
import { FAULTS } from './faults/all.ts';
import { caRotated } from './faults/certificates.ts';
import { clientsCutOff } from './faults/cut-off.ts';
import type { Scene } from './faults/scene.ts';
import { Ledger } from './ledger.ts';
import type { Stage } from './stage.ts';
import { reviveStanding, sweep } from './standing.ts';
import { untilNothingServed } from './served.ts';
import { descriptorsOf, takeStock, untilQuiet, type Stock } from './stock.ts';
import { ping } from './traffic.ts';
import { Windows } from './windows.ts';

export interface SoakOptions {
  readonly seed: number;
  /** Of traffic with faults; every fault comes once at the least. */
  readonly minutes: number;
  readonly clients: number;
  readonly tell: (what: string) => void;
}

/** Of the clients, those who come with a new user in the course of the run. */
export const GUESTS = 2;
const CALM_MS = 1_500;
/** Connections to the daemon that the gate keeps for the next call (src/engine/pool.ts). */
const POOLED = 64;

/** Everything that a run gathers. */
export class Run {
  readonly ledger = new Ledger();
  readonly windows = new Windows();
  readonly revoked = new Map<string, number>();
  /** Calls beside the ledger of which the trail has to have a line, and what its `end` has to be. */
  readonly marked = new Map<string, string | undefined>();
  readonly counts = new Map<string, number>();
  readonly failures: string[] = [];
  readonly #options: SoakOptions;
  readonly #stage: Stage;
  readonly #users: readonly string[];
  readonly #random: Random;

  constructor(options: SoakOptions, stage: Stage, users: readonly string[]) {
    [this.#options, this.#stage, this.#users] = [options, stage, users];
    this.#random = new Random(options.seed);
  }

  crowd(): Crowd {
    const crowd = new Crowd(this.#random.below(2 ** 31), this.#stage);
    for (let at = 0; at < this.#options.clients - GUESTS; at += 1) {
      crowd.add(this.#client(this.#users[at % this.#users.length] ?? ''));
    }
    return crowd;
  }

  /** Nobody calls, and the daemon is a new one: what there is now is held by the gate alone. */
  async takeStock(): Promise<Stock> {
    const { daemon, gate } = this.#stage;
    await this.#expectNothingUnderWay();
    await daemon.restart();
    await sweep(daemon.socket);
    // With this call the gate lets go of connections that the old daemon has closed, and has one to the new.
    const client = this.#client(this.#users[0] ?? '');
    await ping(client);
    client.close();
    await untilQuiet(gate.pid, this.#stage.quiet);
    const stock = await takeStock(gate);
    await reviveStanding(daemon.socket);
    return stock;
  }

  /** The gate has given up what it asked the daemon for clients that are gone, before the daemon's end does it. */
  async #expectNothingUnderWay(): Promise<void> {
    const { daemon, gate, quiet } = this.#stage;
    const left = await untilNothingServed(daemon.socket);
    if (left.length > 0) this.failures.push(`the daemon still serves ${left.join(', ')}`);
    const kind = 'unix connection';
    const most = (quiet[kind] ?? 0) + POOLED;
    const open = descriptorsOf(gate.pid)[kind] ?? 0;
    if (open > most) this.failures.push(`${open} × ${kind} while nobody calls, ${most} at most`);
  }

  /** Every fault in a new order, again and again until the time is over; each comes once at the least. */
  async suffer(crowd: Crowd, minutes: number): Promise<void> {
    const scene = this.#scene(crowd);
    const end = performance.now() + minutes * 60_000;
    do {
      const beside = clientsCutOff(scene);
      beside.catch(() => undefined);
      for (const fault of this.#random.some(FAULTS, FAULTS.length)) {
        // With the old CA the connections of those go whose link was cut, and nobody could tell which it was.
        if (fault === caRotated) await beside;
        this.#options.tell(`  ${fault.name}`);
        await fault(scene);
        await pause(CALM_MS);
      }
      await beside;
    } while (performance.now() < end);
  }

  #scene(crowd: Crowd): Scene {
    const { counts, failures, windows } = this;
    const stage = this.#stage;
    const user = this.#users[0] ?? '';
    return {
      ...{ stage, windows, random: this.#random, users: this.#users },
      door: { port: stage.gate.port, certPath: path.join(stage.certs, 'clients', user) },
      count: (what, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by),
      fail: (what) => failures.push(what),
      mark: (end) => {
        const marker = `soak-peer/${this.marked.size}`;
        this.marked.set(marker, end);
        return marker;
      },
      reconnect: (name) => {
        crowd.reconnect(name);
      },
      addGuests: (name) => {
        for (let at = 0; at < GUESTS; at += 1) crowd.add(this.#client(name));
      },
      revoked: (name) => this.revoked.set(name, performance.now()),
    };
  }

  #client(user: string): SoakClient {
    const { gate, certs } = this.#stage;
    return new SoakClient(user, gate.port, certs, this.ledger);
  }
}
