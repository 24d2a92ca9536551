/** Loaded before the program: every import of the trail gets the one that does nothing. */
import { register } from 'node:module';

register('./resolve.js', import.meta.url);
