/**
 * http-proxy takes `util._extend` when it is loaded, of which Node 22 and later say on standard error that it is
 * deprecated, in front of whoever reads the gate's log. Its successor does the same.
 */
import util from 'node:util';

(util as unknown as { _extend: unknown })._extend = Object.assign;
