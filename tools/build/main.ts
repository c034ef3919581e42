/** `npm run build`: writes dist/. `node dist/main.js` starts the platform from it. */
import { buildDist } from './build-dist';

buildDist().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
