/** The source of a module that exports plain data. `JSON.parse` is faster to start than an object literal, and knows no `__proto__`. */
export const jsonModule = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))});\n`)
    .join('');
