/** The real nginx with the configuration of deploy/nginx: its addresses, ports, folders and certificate are those of the test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '../docs/programs';
import { freePort } from './free-port';

const CONFIG = path.resolve(__dirname, '../../deploy/nginx');
const program = findProgram('nginx', '/usr/sbin/nginx');
const openssl = findProgram('openssl');

/** `describe`, or `describe.skip` where there is no nginx or no openssl and CI is not set. */
export const describeWithNginx = program && openssl ? describe : describe.skip;

export interface NginxOptions {
  /** The file of the upstream, and of the server. */
  readonly upstream: 'one-gateway.conf' | 'two-gateways.conf';
  readonly server: 'http.conf' | 'https.conf';
  /** The addresses of the gateways in the file of the upstream, for example `{ 'gateway-1:8000': '127.0.0.1:4000' }`. */
  readonly gateways: Readonly<Record<string, string>>;
}

export interface Nginx {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** The certificate, which clients must trust. */
  readonly certificate: Buffer;
  /** The lines that it has logged. */
  errors(): string;
  stop(): Promise<void>;
}

/** Checks the configuration with `nginx -t`, and starts it. @throws Error with the output of nginx for an invalid one. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-nginx-'));
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  makeCertificate(folder);
  const replaced = (file: string) => {
    let text = readFileSync(path.join(CONFIG, file), 'utf8')
      .replace('listen 80;', `listen 127.0.0.1:${httpPort};`)
      .replace('listen 443 ', `listen 127.0.0.1:${httpsPort} `)
      .replaceAll('/etc/nginx/pospro/', `${folder}/`)
      .replaceAll('/etc/nginx/certificates/', `${folder}/`)
      // Names are resolved only in Docker, and by a newer nginx than Debian's.
      .replace(/^ *resolver .*\n/m, '')
      .replaceAll(' resolve', '');
    for (const [name, address] of Object.entries(options.gateways)) text = text.replace(name, address);
    writeFileSync(path.join(folder, file), text);
    return `include ${path.join(folder, file)};`;
  };
  replaced('proxy.conf');
  const includes = ['upgrade.conf', options.upstream, options.server].map(replaced);
  const main = path.join(folder, 'nginx.conf');
  writeFileSync(main, mainFile(folder, includes));
  const args = ['-p', folder, '-c', main, '-e', path.join(folder, 'error.log')];
  const check = spawnSync(program!, [...args, '-t'], { encoding: 'utf8' });
  if (check.status !== 0) throw new Error(check.stderr);
  const server = spawn(program!, args, { stdio: 'ignore' });
  return {
    httpPort,
    httpsPort,
    certificate: readFileSync(path.join(folder, 'fullchain.pem')),
    errors: () => readFileSync(path.join(folder, 'error.log'), 'utf8'),
    async stop() {
      if (server.exitCode === null) {
        server.kill('SIGTERM');
        await once(server, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the image of nginx has in its own nginx.conf, with folders that the test may write to. */
function mainFile(folder: string, includes: readonly string[]): string {
  mkdirSync(path.join(folder, 'temp'));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/temp/${kind};`,
  );
  return [
    'daemon off;',
    'worker_processes 2;',
    `pid ${folder}/nginx.pid;`,
    'events { worker_connections 1024; }',
    'http {',
    'access_log off;',
    ...temp,
    ...includes,
    '}',
  ].join('\n');
}

function makeCertificate(folder: string): void {
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const files = ['-keyout', path.join(folder, 'privkey.pem'), '-out', path.join(folder, 'fullchain.pem')];
  const made = spawnSync(openssl!, [...request, ...names, ...files], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}
