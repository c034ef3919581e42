/** MSTL with ETS by augurs: a season by robust smoothing, and a trend by exponential smoothing. WebAssembly, loaded with the first forecast. */
import { readFileSync } from 'node:fs';
import type * as Augurs from '@bsull/augurs/mstl';
import type { Model } from './forecast.rules';

let loaded: Promise<typeof Augurs> | undefined;

async function load(): Promise<typeof Augurs> {
  const augurs = await import('@bsull/augurs/mstl');
  augurs.initSync({
    module: readFileSync(require.resolve('@bsull/augurs/mstl').replace(/\.js$/, '_bg.wasm')),
  });
  return augurs;
}

/** The model, once its code is loaded. */
export async function mstlModel(): Promise<Model> {
  const { MSTL } = await (loaded ??= load());
  return (values, { season, horizon, level }) => {
    const model = MSTL.ets([season], { impute: false });
    try {
      model.fit([...values]);
      const { point, intervals } = model.predict(horizon, level);
      return { mean: point, lower: intervals?.lower ?? point, upper: intervals?.upper ?? point };
    } finally {
      model.free();
    }
  };
}
