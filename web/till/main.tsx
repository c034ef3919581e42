import { render } from 'preact';
import '../shared/style.css';
import { registerWorker } from './register-worker';
import { Root } from './root';
import './till.css';

registerWorker();
render(<Root />, document.getElementById('page')!);
