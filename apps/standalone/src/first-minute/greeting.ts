import pc from 'picocolors';
import { isLoopback, type Settings } from '#config';
import { FIRST_INDEX } from './first-minute.ts';

export function greeting(url: string, settings: Settings): string {
  return `\n${pc.bold('Quarry')} is up at ${pc.cyan(url)} (${whoMayComeIn(settings)}). Data: ${settings.dataFolder}`;
}

function whoMayComeIn({ host, auth }: Settings): string {
  if (auth.mode === 'on') return 'with an API key or a token: bin/quarry keys create NAME --local makes the first';
  if (isLoopback(host)) return 'for this machine only, without authentication';
  return pc.yellow('open to everyone who reaches it: no authentication');
}

/** What to type next. */
export function suggestions(url: string): string {
  const at = url === 'http://127.0.0.1:7600' ? '' : ` --url ${url}`;
  const lines = [
    ['search from a terminal', `bin/quarry search ${FIRST_INDEX} "small animal that eats insects"${at}`],
    ['the same over HTTP', `curl "${url}/v1/indexes/${FIRST_INDEX}/search?q=definition:insect*&size=3"`],
    ['index your own folder', `bin/quarry index mine ./docs${at}`],
    ['every piece of work is a job', `bin/quarry jobs${at}`],
    ['see and steer it', `${url}/admin`],
    ['the API, described', `${url}/docs`],
  ];
  return [
    '',
    'Try next:',
    ...lines.map(([what, how]) => `  ${pc.dim(what!.padEnd(30))} ${how}`),
    '',
    'Ctrl-C stops it.',
  ].join('\n');
}
