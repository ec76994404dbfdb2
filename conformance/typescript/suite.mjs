// All checks of the official TypeScript client, in the order in which they need each other.

import { removal } from './resources.mjs';
import './messages.mjs';
import { main } from './harness.mjs';

removal();
await main();
