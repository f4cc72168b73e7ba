// A registry of its own for one test file: the program on a fresh data folder, ended by its own process id.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

/** The root of the source. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

const program = process.env.NGUONGOC_BIN ?? path.join(ROOT, 'target/debug/nguongoc');

/** The password of everybody in these tests. */
export const PASSWORD = 'một câu dài dễ nhớ';

/** The host that the codes of these tests are signed for; they are opened under the local address. */
export const CODE_HOST = 'demo.example.vn';

// A run that is stopped half-way leaves no program behind.
const started = new Set();
process.on('exit', () => started.forEach((child) => child.kill('SIGTERM')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** What the program must not take from the shell that runs the tests. */
function environment() {
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NGUONGOC_')));
}

/** Runs the program to its end and returns what it printed; fails unless it ends with 0. */
export async function run(args, input = '') {
    const child = spawn(program, args, { env: environment() });
    let out = '';
    let told = '';
    child.stdout.on('data', (piece) => { out += piece; });
    child.stderr.on('data', (piece) => { told += piece; });
    child.stdin.end(input);
    const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
    if (code !== 0) throw new Error(`nguongoc ${args.join(' ')} ended with ${code}: ${told}`);
    return out;
}

/** A registry that serves. */
export class Registry {
    /** A fresh, empty registry with keys and one administrator, `root`. */
    static async empty({ on = 'sqlite' } = {}) {
        const registry = await Registry.#folder();
        const settings = ['--data', registry.folder];
        registry.settings = settings;
        if (on === 'postgres') {
            settings.push('--database', await registry.#cluster());
            await run(['migrate', ...settings]);
        }
        await registry.#keys(settings);
        await registry.addPerson('root', 'administrator');
        await registry.#serve('serve', [...settings, '--code-host', CODE_HOST]);
        return registry;
    }

    /** The season of sample data. */
    static async demo() {
        const registry = await Registry.#folder();
        await registry.#serve('demo', ['--data', registry.folder]);
        return registry;
    }

    /** Adds a person of the authority. */
    async addPerson(name, role) {
        await run(['user', 'add', name, '--role', role, ...this.settings], `${PASSWORD}\n`);
    }

    static async #folder() {
        const registry = new Registry();
        registry.folder = await mkdtemp(path.join(tmpdir(), 'nguongoc-browser-'));
        return registry;
    }

    /** A PostgreSQL that lives as long as its standard input is open: it is gone with this process, however that ends. */
    async #cluster() {
        this.postgres = spawn(path.join(ROOT, 'scripts/throwaway-postgres'), { stdio: ['pipe', 'pipe', 'inherit'] });
        const lines = readline.createInterface({ input: this.postgres.stdout });
        return new Promise((done, fail) => {
            lines.once('line', done);
            this.postgres.on('error', fail).on('close', () => fail(new Error('PostgreSQL did not start')));
        });
    }

    async #keys(settings) {
        const passphrase = path.join(this.folder, 'passphrase');
        await writeFile(passphrase, 'a passphrase of the tests\n', { mode: 0o600 });
        settings.push('--key-passphrase-file', passphrase);
        await run(['keys', 'init', '--with-root', ...settings, '--code-host', CODE_HOST]);
    }

    /** Starts the program and waits for the line that tells the address. */
    async #serve(command, settings) {
        const args = [command, '--listen', '127.0.0.1:0', '--log-format', 'json', ...settings];
        const limits = ['--public-per-second', '100000', '--sign-in-per-minute', '100000', '--forms-per-hour', '100000'];
        this.child = spawn(program, [...args, ...limits], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
        started.add(this.child);
        this.printed = '';
        this.log = [];
        this.base = await new Promise((done, fail) => {
            // `serve` tells its address in the log, `demo` to people.
            this.child.stdout.setEncoding('utf8').on('data', (piece) => {
                this.printed += piece;
                const told = /(http:\/\/127\.0\.0\.1:\d+)\/1\/\S+\s[^]*Ctrl/.exec(this.printed);
                if (told) done(told[1]);
            });
            this.child.on('error', fail);
            this.child.on('close', (code) => fail(new Error(`the program ended with ${code}: ${this.log.join('\n')}`)));
            readline.createInterface({ input: this.child.stderr }).on('line', (line) => {
                this.log.push(line);
                if (!line.startsWith('{')) return;
                const entry = JSON.parse(line);
                if (entry.message === 'serving') done(`http://${entry.address}`);
            });
        });
    }

    /** Ends the program, by its process id; its folder stays. */
    async stop() {
        if (this.child && this.child.exitCode === null) {
            const closed = new Promise((done) => this.child.on('close', done));
            this.child.kill('SIGTERM');
            await closed;
        }
    }

    /** Ends the program and removes its folder. */
    async end() {
        await this.stop();
        if (this.postgres) {
            const closed = new Promise((done) => this.postgres.on('close', done));
            this.postgres.stdin.end();
            await closed;
        }
        await rm(this.folder, { recursive: true, force: true });
    }
}
