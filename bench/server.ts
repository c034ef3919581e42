/** PosPro as a child process of a benchmark: the probe, and then the entry of `npm start`. */
import './probe';
import '#gateway/main';
