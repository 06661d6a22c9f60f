import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { InvalidMultiAppFile } from './invalid-multi-app-file.ts';
import { appKeys, commonKeys, type Keys, rootKeys, type ValueType } from './multi-app-keys.ts';

export type Section = Readonly<Record<string, unknown>>;
type Place = readonly (string | number)[];

/** A multi-app file as it stands. A known key has a value of the right type, or is reported. */
export interface ParsedMultiAppFile {
  root: Section;
  common: Section;
  apps: readonly Section[];
  /** Reports what is wrong with the value at `place`, or with the section around it. */
  report(place: Place, problem: string): void;
  /** One line for each thing that is wrong, from the top of the file to its end. */
  problems(): string[];
}

/**
 * Reads YAML and reports unknown keys, which Dapr's CLI ignores, and values of a wrong type.
 * Throws InvalidMultiAppFile, with `name` for the file, where it is not YAML at all.
 */
export function parseMultiAppFile(text: string, name: string): ParsedMultiAppFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const found: { line: number; problem: string }[] = [];
  const reportAt = (offset: number, problem: string) => {
    found.push({ line: lines.linePos(offset).line, problem });
  };

  for (const error of document.errors) reportAt(error.pos[0], `${error.message}.`);
  const problems = () =>
    found
      .toSorted((left, right) => left.line - right.line)
      .map(({ line, problem }) => `line ${line}: ${problem}`);
  if (document.errors.length === 0 && !isMap(document.contents)) {
    reportAt(0, 'the file must consist of keys and values.');
  }
  if (found.length > 0) throw new InvalidMultiAppFile(name, problems());

  checkSection(document, [], rootKeys, reportAt);
  checkSection(document, ['common'], commonKeys, reportAt);
  const root = sectionFrom(document.toJS());
  const apps = Array.isArray(root['apps']) ? root['apps'].map(sectionFrom) : [];
  for (const index of apps.keys()) checkSection(document, ['apps', index], appKeys, reportAt);

  return {
    root,
    common: sectionFrom(root['common']),
    apps,
    report: (place, problem) => reportAt(offsetOf(document, place), problem),
    problems,
  };
}

function checkSection(
  document: Document.Parsed,
  place: Place,
  keys: Keys,
  report: (offset: number, problem: string) => void,
): void {
  const node = document.getIn(place, true);
  const section = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(section)) return;
  for (const { key, value } of section.items) {
    const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
    // A merge: the keys that it brings are checked where they stand.
    if (name === '<<') continue;
    const offset = (isNode(key) ? key.range?.[0] : undefined) ?? 0;
    const type = keys[name];
    if (type === undefined) report(offset, unknownKey(name, keys));
    else if (isNode(value) && !hasType(value.toJS(document), type)) {
      report(offset, `${name} must be ${descriptions[type]}.`);
    }
  }
}

function unknownKey(name: string, keys: Keys): string {
  const letters = (word: string) => word.toLowerCase().replaceAll(/[^a-z]/g, '');
  const meant = Object.keys(keys).find((key) => letters(key) === letters(name));
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  return `unknown key "${name}", which Dapr would ignore.${hint}`;
}

const descriptions: Readonly<Record<ValueType, string>> = {
  text: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
  texts: 'a list of texts',
  variables: 'a list of names with a value each',
  section: 'a section of keys and values',
  sections: 'a list of sections',
};

// A key without a value counts as absent, as it does for the CLI.
function hasType(value: unknown, type: ValueType): boolean {
  if (value === null) return true;
  switch (type) {
    case 'text':
      return isText(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'texts':
      return Array.isArray(value) && value.every(isText);
    case 'variables':
      return isSection(value) && Object.values(value).every(isText);
    case 'section':
      return isSection(value);
    case 'sections':
      return Array.isArray(value) && value.every(isSection);
  }
}

// The CLI takes a plain number or boolean for a text.
function isText(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sectionFrom(value: unknown): Section {
  return isSection(value) ? value : {};
}

function offsetOf(document: Document.Parsed, place: Place): number {
  for (let length = place.length; length >= 0; length -= 1) {
    const node = document.getIn(place.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
