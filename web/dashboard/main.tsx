import { render } from 'preact';
import { SignedIn } from '../shared/signed-in';
import '../shared/style.css';
import './dashboard.css';
import { Dashboard } from './dashboard';

render(
  <SignedIn page="Dashboard">
    <Dashboard />
  </SignedIn>,
  document.getElementById('page')!,
);
