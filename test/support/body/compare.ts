import type { GoValue } from './go-decode.ts';

/** Where a view says something else than Go's value does; undefined where they agree. */
export function difference(go: GoValue | undefined, view: unknown, at = ''): string | undefined {
  if (view === undefined || view === null) {
    return isZero(go) ? undefined : `${at}: Go has ${JSON.stringify(go)}, the view has nothing`;
  }
  if (Array.isArray(go)) return differentList(go, view, at);
  if (typeof go === 'object' && go !== null) return differentObject(go as GoObject, view, at);
  return go === scalar(go, view) ? undefined : `${at}: Go has ${String(go)}, not ${show(view)}`;
}

type GoObject = Readonly<Record<string, GoValue>>;

function show(view: unknown): string {
  return JSON.stringify(view);
}

/** A scalar of a view in the notation of go-decode. */
function scalar(go: GoValue | undefined, view: unknown): unknown {
  if (typeof view === 'string') return `s:${view}`;
  if (typeof view !== 'number') return view;
  if (typeof go !== 'string' || !go.startsWith('f:')) return `n:${String(view)}`;
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, view);
  return Object.is(Math.fround(view), view)
    ? `f:${bits.getUint32(0).toString(16).padStart(8, '0')}`
    : 'no float32';
}

function differentList(go: readonly GoValue[], view: unknown, at: string): string | undefined {
  if (!Array.isArray(view)) return `${at}: Go has a list, not ${show(view)}`;
  if (view.length !== go.length) return `${at}: Go has ${go.length} elements, not ${view.length}`;
  return first(view.map((item, index) => difference(go[index], item, `${at}/${index}`)));
}

function differentObject(go: GoObject, view: unknown, at: string): string | undefined {
  if (go['*'] !== undefined) return difference(go['*'], view, at);
  if (go['$array'] !== undefined) return difference(go['$array'], view, at);
  if (typeof view !== 'object') return `${at}: Go has an object, not ${show(view)}`;
  const entries = view as Readonly<Record<string, unknown>>;
  const map = go['$map'] as GoObject | undefined;
  if (map !== undefined && Object.keys(map).length !== Object.keys(entries).length) {
    return `${at}: Go has the keys ${Object.keys(map).join()}`;
  }
  const names = new Set([...Object.keys(map ?? go), ...Object.keys(entries)]);
  return first(
    [...names].map((name) => difference((map ?? go)[name] ?? null, entries[name], `${at}/${name}`)),
  );
}

function first(found: readonly (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}

/** What is absent from a view: nil, zero, or a struct or array of nothing else. */
function isZero(go: GoValue | undefined): boolean {
  if (go === undefined || go === null) return true;
  if (typeof go === 'string') return /^(?:s:|n:0|f:[08]0{7})$/.test(go);
  if (typeof go === 'boolean') return !go;
  if (Array.isArray(go)) return false;
  const fields = go as GoObject;
  const { $array: array } = fields;
  if (Array.isArray(array)) return array.every(isZero);
  return !('*' in fields || '$map' in fields) && Object.values(fields).every(isZero);
}
