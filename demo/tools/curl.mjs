// A stand-in for curl on machines that have none: what `demo/agent.sh` uses of it, with the real one's environment
// (HTTPS_PROXY, CURL_CA_BUNDLE, CURL_HOME with its .curlrc), words and exit codes.
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { connect as connectTls } from 'node:tls';

class CurlError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function readArguments(args, options) {
  const rest = [...args];
  const value = (flag) => {
    const next = rest.shift();
    if (next === undefined) throw new CurlError(2, `option ${flag}: requires parameter`);
    return next;
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    switch (arg) {
      case '-X':
      case '--request':
        options.method = value(arg);
        break;
      case '-H':
      case '--header':
        options.headers.push(value(arg));
        break;
      case '-d':
      case '--data':
        options.data = options.data === undefined ? value(arg) : `${options.data}&${value(arg)}`;
        break;
      case '-m':
      case '--max-time':
        options.maxSeconds = Number(value(arg));
        break;
      case '--cacert':
        options.caFile = value(arg);
        break;
      case '--connect-to':
        options.connectTo.push(value(arg));
        break;
      case '--noproxy':
        options.noProxy = value(arg);
        break;
      case '--version':
        options.version = true;
        break;
      case '-s':
      case '-S':
      case '-sS':
      case '--silent':
      case '--show-error':
        break;
      default:
        if (arg.startsWith('-')) throw new CurlError(2, `option ${arg}: is unknown`);
        options.url = arg;
    }
  }
  return options;
}

/** `$CURL_HOME/.curlrc`: one long option a line, its value after `=` or a space, quoted or not. */
function readConfiguration(folder) {
  if (!folder) return [];
  let text;
  try {
    text = readFileSync(join(folder, '.curlrc'), 'utf8');
  } catch {
    return []; // as curl: a missing file is no error
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [, name, value] = /^-*([\w-]+)\s*[=:]?\s*(.*)$/.exec(line) ?? [];
      const unquoted = value?.replace(/^"(.*)"$/, '$1');
      return unquoted ? [`--${name}`, unquoted] : [`--${name}`];
    });
}

/** `--connect-to HOST1:PORT1:HOST2:PORT2`: an empty part matches anything, or stays what it was. */
function destination(url, connectTo) {
  const port = url.port || '443';
  for (const rule of connectTo) {
    const [host1, port1, host2, port2] = rule.split(':');
    if ((host1 === '' || host1 === url.hostname) && (port1 === '' || port1 === port)) {
      return { host: host2 || url.hostname, port: Number(port2 || port) };
    }
  }
  return { host: url.hostname, port: Number(port) };
}

function connected(socket, host, port) {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => {
      if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
        reject(new CurlError(6, `Could not resolve host: ${host}`));
      } else {
        reject(new CurlError(7, `Failed to connect to ${host} port ${port}: Couldn't connect to server`));
      }
    });
  });
}

async function openTunnel(proxy, target) {
  const port = Number(proxy.port || 1080);
  const headers = { host: `${target.host}:${target.port}` };
  if (proxy.username) {
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  const socket = await connected(connect({ host: proxy.hostname, port }), proxy.hostname, port);
  const path = `${target.host}:${target.port}`;
  const outgoing = plainRequest({ method: 'CONNECT', path, headers, createConnection: () => socket });
  outgoing.end();
  return await new Promise((resolve, reject) => {
    outgoing.once('connect', (response, tunnel, head) => {
      if (response.statusCode !== 200) {
        tunnel.destroy();
        return reject(new CurlError(56, `CONNECT tunnel failed, response ${response.statusCode}`));
      }
      if (head.length > 0) tunnel.unshift(head);
      return resolve(tunnel);
    });
    outgoing.once('error', (error) => reject(new CurlError(56, `Proxy CONNECT aborted: ${error.message}`)));
  });
}

function secured(socket, url, ca) {
  return new Promise((resolve, reject) => {
    const tls = connectTls({ socket, servername: url.hostname, ...(ca ? { ca } : {}) });
    tls.once('secureConnect', () => resolve(tls));
    tls.once('error', (error) => {
      const certificate = /CERT|SIGNATURE|ISSUER|ALTNAME/.test(error.code ?? '');
      if (!certificate) return reject(new CurlError(35, `TLS connect error: ${error.message}`));
      const problem =
        error.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
          ? 'no alternative certificate subject name matches'
          : error.message;
      return reject(new CurlError(60, `SSL certificate problem: ${problem}`));
    });
  });
}

async function transfer(options, url) {
  const target = destination(url, options.connectTo);
  const proxyText = process.env['HTTPS_PROXY'] || process.env['https_proxy'];
  const throughProxy = proxyText && options.noProxy !== '*';
  const socket = throughProxy
    ? await openTunnel(new URL(proxyText.includes('://') ? proxyText : `http://${proxyText}`), target)
    : await connected(connect(target), target.host, target.port);
  const caFile = options.caFile ?? process.env['CURL_CA_BUNDLE'] ?? process.env['SSL_CERT_FILE'];
  let ca;
  try {
    ca = caFile ? readFileSync(caFile) : undefined;
  } catch {
    throw new CurlError(77, `error setting certificate file: ${caFile}`);
  }
  const tls = await secured(socket, url, ca);

  // Without an agent of its own Node would add a port to the Host header.
  const headers = { host: url.host, 'user-agent': 'curl/8.0 (stand-in)', accept: '*/*' };
  for (const line of options.headers) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  if (options.data !== undefined) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded';
    headers['content-length'] = String(Buffer.byteLength(options.data));
  }
  const method = options.method ?? (options.data === undefined ? 'GET' : 'POST');
  const outgoing = request({
    host: url.hostname,
    path: url.pathname + url.search,
    method,
    headers,
    createConnection: () => tls,
  });
  outgoing.end(options.data);
  await new Promise((resolve, reject) => {
    const broken = (error) => reject(new CurlError(error.code === 'ECONNRESET' ? 52 : 56, emptyReply(error)));
    outgoing.once('error', broken);
    outgoing.once('response', (response) => {
      response.on('data', (chunk) => process.stdout.write(chunk));
      response.once('end', resolve);
      response.once('error', broken);
    });
  });
}

function emptyReply(error) {
  return error.code === 'ECONNRESET' ? 'Empty reply from server' : `Recv failure: ${error.message}`;
}

async function main() {
  const options = { headers: [], connectTo: [], method: undefined, data: undefined, maxSeconds: 0 };
  readArguments(readConfiguration(process.env['CURL_HOME']), options);
  readArguments(process.argv.slice(2), options);
  if (options.version) {
    process.stdout.write("curl (Firebreak's stand-in for the replay)\n");
    return;
  }
  if (options.url === undefined) throw new CurlError(2, 'no URL specified');
  const url = new URL(options.url);
  if (url.protocol !== 'https:') throw new CurlError(1, `Protocol "${url.protocol.slice(0, -1)}" not supported`);
  if (options.maxSeconds > 0) {
    const milliseconds = options.maxSeconds * 1000;
    setTimeout(() => {
      process.stderr.write(`curl: (28) Operation timed out after ${milliseconds} milliseconds\n`);
      process.exit(28);
    }, milliseconds).unref();
  }
  await transfer(options, url);
}

main().then(
  () => process.exit(0),
  (error) => {
    const code = error instanceof CurlError ? error.code : 3;
    process.stderr.write(`curl: (${code}) ${error.message}\n`);
    process.exit(code);
  },
);
