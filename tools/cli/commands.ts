/** All commands of `pospro`. */
import type { Command, Option } from './command';
import { EXPORT_LISTS } from './export-lists';
import { IMPORT_KINDS } from './import-kinds';

const ORGANIZATION: Option = {
  type: 'string',
  value: 'NAME',
  description: 'The organization, by its name or id. Needed if there are several',
};

const BACKUP_FILES =
  'A file is a path, or a name in DATA_DIR/backups or in the bucket of BACKUP_URL. BACKUP_KEY encrypts and decrypts.';
const OVER_THE_API =
  'Works through the running platform: that of this machine, or that of POSPRO_URL with the API key in POSPRO_TOKEN.';

export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    summary: 'Starts the server with the settings of the environment',
    load: async () => (await import('#tools/cli/start')).start,
  },
  {
    name: 'demo',
    summary: 'Starts the server, and creates the demo shop in an empty database',
    load: async () => (await import('#tools/cli/start')).startDemo,
  },
  {
    name: 'doctor',
    summary: 'Checks settings, database, clock, disk, port, mail and Redis, and says what to do',
    load: async () => (await import('#tools/cli/doctor')).examine,
  },
  {
    name: 'migrate',
    summary: 'Brings the database up to date, without starting the server',
    load: async () => (await import('#tools/cli/migrate')).migrate,
  },
  {
    name: 'users add',
    positionals: ['EMAIL'],
    summary: 'Creates a user, and prints a new password once',
    options: {
      role: { type: 'string', value: 'ROLE', description: 'The role; defaults to cashier' },
      name: {
        type: 'string',
        value: 'NAME',
        description: 'The name; defaults to the part of the address before the @',
      },
      branch: {
        type: 'string',
        value: 'BRANCH',
        description: 'The branch, by its code, name or id; defaults to the first one',
      },
      organization: ORGANIZATION,
      invite: { type: 'boolean', description: 'Sends an invitation by e-mail in place of a password' },
      password: {
        type: 'boolean',
        description: 'Asks for the password, or reads it from the standard input',
      },
    },
    load: async () => (await import('#tools/cli/users')).addUser,
  },
  {
    name: 'token',
    summary: 'Creates an API key, and prints it once',
    options: {
      user: {
        type: 'string',
        value: 'EMAIL',
        description: 'The user in whose name it works; defaults to the first owner',
      },
      name: { type: 'string', value: 'NAME', description: 'Its name in the list of keys' },
      permission: {
        type: 'string',
        value: 'PERMISSION',
        multiple: true,
        description: 'A permission such as orders:read; defaults to all of the user',
      },
      hours: { type: 'string', value: 'HOURS', description: 'How long it is valid; defaults to 24' },
      organization: ORGANIZATION,
    },
    notes: ['Example: curl -H "Authorization: Bearer $(pospro token)" http://localhost:8000/api/v1/orders'],
    load: async () => (await import('#tools/cli/token')).makeToken,
  },
  {
    name: 'import',
    positionals: ['FILE'],
    summary: 'Imports a CSV or XLSX file with progress; repeated, it goes on where it was interrupted',
    options: {
      kind: {
        type: 'string',
        value: 'KIND',
        description: `${IMPORT_KINDS.join(', ')}; defaults to products`,
      },
      'dry-run': { type: 'boolean', description: 'Reports what would happen, and writes nothing' },
      decimal: {
        type: 'string',
        value: 'MARK',
        description: 'The decimal mark of the numbers: point or comma; defaults to detection',
      },
      again: { type: 'boolean', description: 'Imports a file again that has been imported' },
      organization: ORGANIZATION,
    },
    notes: [OVER_THE_API],
    load: async () => (await import('#tools/cli/import')).importFile,
  },
  {
    name: 'export',
    positionals: ['LIST'],
    summary: 'Writes a list as CSV or XLSX',
    options: {
      out: { type: 'string', value: 'FILE', description: 'The file; defaults to the standard output' },
      format: {
        type: 'string',
        value: 'FORMAT',
        description: 'csv or xlsx; defaults to the ending of the file, or else csv',
      },
      organization: ORGANIZATION,
    },
    notes: [`Lists: ${EXPORT_LISTS.join(', ')}.`, OVER_THE_API],
    load: async () => (await import('#tools/cli/export')).exportList,
  },
  {
    name: 'backup',
    summary: 'Backs up the whole database into DATA_DIR/backups, or into the bucket of BACKUP_URL',
    load: async () => (await import('#tools/cli/backup')).createBackup,
  },
  {
    name: 'backup list',
    summary: 'Lists the backups of the folder and of the bucket',
    load: async () => (await import('#tools/cli/backup')).listBackups,
  },
  {
    name: 'backup verify',
    positionals: ['FILE'],
    summary: 'Reads a backup to its end, and compares it with its manifest',
    notes: [BACKUP_FILES],
    load: async () => (await import('#tools/cli/backup')).verifyBackup,
  },
  {
    name: 'restore',
    positionals: ['FILE'],
    summary: 'Restores a backup into the empty database of DATABASE_URL, or of an empty DATA_DIR',
    notes: [BACKUP_FILES],
    load: async () => (await import('#tools/cli/backup')).restore,
  },
  {
    name: 'audit verify',
    summary: 'Verifies the audit trail of every organization by its hash chain',
    load: async () => (await import('#tools/cli/audit')).verifyAudit,
  },
  {
    name: 'rollups',
    summary: 'Compares the running totals of all business days with their orders',
    options: {
      rebuild: { type: 'boolean', description: 'Computes all of them again first; stop the server before' },
    },
    load: async () => (await import('#tools/cli/rollups')).checkRollups,
  },
  {
    name: 'help',
    summary: 'Shows this list, or the options of a command',
    load: () => Promise.resolve(() => Promise.resolve()),
  },
];
