import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { judge, type Judged } from './aims.ts';
import { median, type Figures } from './figures.ts';

/** Facts of a run, beside what it measured. */
export interface RunFacts {
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, string>>;
}

/** A run as a page of Markdown. */
export function page(figures: Figures, facts: RunFacts): string {
  return [
    '# Results',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine()}. ${facts.rounds} interleaved rounds. [README.md](README.md) tells the method, \`npm run bench\` repeats it.`,
    '',
    table(['', 'version'], Object.entries(facts.versions)),
    '',
    '## Against the others',
    '',
    'Each ratio, or difference, is taken within one round; here stand its median and, in brackets, its least and its most.',
    '',
    table(['workload', 'figure', 'must', 'aim', 'seen', ''], judge(figures).map(aimRow)),
    '',
    '## What was measured',
    '',
    'Medians. CPU is that of the front alone; of dockerd it is that of the whole daemon, which has no front.',
    '',
    table(
      ['', ...figures.workloads().map((name) => `${name} (${facts.units[name] ?? ''})`)],
      figures
        .fronts()
        .map((front) => [
          front,
          ...figures.workloads().map((name) => shown(figures.of(name, front))),
        ]),
    ),
    '',
  ].join('\n');
}

function aimRow({ aim, median: middle, least, most, reached }: Judged): string[] {
  const sign = aim.better === 'less' ? '≤' : '≥';
  const unit = aim.unit === '' ? '' : ` ${aim.unit}`;
  const against =
    aim.against === undefined ? '' : aim.by === 'ratio' ? ` / ${aim.against}` : ` − ${aim.against}`;
  return [
    aim.workload,
    `${aim.front}${against}`,
    aim.must === undefined ? '' : `${sign} ${aim.must}${unit}`,
    `${sign} ${aim.goal}${unit}`,
    `${digits(middle)}${unit} (${digits(least)}–${digits(most)})`,
    reached,
  ];
}

function shown(values: readonly number[]): string {
  return values.length === 0 ? '' : digits(median(values));
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function machine(): string {
  const cpus = os.cpus();
  const kernel = os.release();
  const debian = fs.existsSync('/etc/debian_version')
    ? `Debian ${fs.readFileSync('/etc/debian_version', 'utf8').trim()}, `
    : '';
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
  return `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${Math.round(os.totalmem() / 1024 ** 3)} GiB, ${debian}Linux ${kernel}, commit ${commit}`;
}
