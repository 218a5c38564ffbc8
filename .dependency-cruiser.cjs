/**
 * The arrows of docs/architecture.md: who may import whom.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const layers = ['bin', 'cli', 'lib', 'lambdas', 'client', 'local', 'console', 'test', 'bench', 'examples'];
const others = (...allowed) => `^(${layers.filter((layer) => !allowed.includes(layer)).join('|')})/`;
/** The form in which records are stored, without any of what handlers need: `plinth data` writes the same. */
const storedForm =
  '^lambdas/(data/(constraint-keys|counters|data-store|index-keys|system-fields|unique-values)|events/read-stream-client|runtime/stored-record)\\.ts$';
const only = (layer, ...allowed) => ({
  name: `${layer}-imports`,
  comment: `${layer} may import ${['contracts', ...allowed].join(', ')} and nothing else of ours`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: { path: others(layer, ...allowed) },
});

module.exports = {
  forbidden: [
    only('lib'),
    // Code inside of the backend uses it by the same classes as apps.
    { ...only('lambdas', 'client'), from: { path: '^lambdas/functions/' }, name: 'lambdas-functions-imports' },
    { ...only('lambdas'), from: { path: '^lambdas/', pathNot: '^lambdas/functions/' } },
    only('client'),
    only('local'),
    { ...only('cli', 'local', 'client', 'lib'), to: { path: others('cli', 'local', 'client', 'lib'), pathNot: storedForm } },
    only('console', 'client'),
    {
      name: 'contracts-are-pure',
      comment: 'contracts runs everywhere: no other layer, no Node built-in, no package but Zod',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { pathNot: '^(contracts/|zod|node_modules/zod/)' },
    },
    {
      name: 'features-do-not-meet',
      comment: 'features of one layer never import each other; they meet in contracts or are passed as props',
      severity: 'error',
      from: {
        path: '^(lambdas|client|lib)/(auth|data|files|push|functions|events|webhooks|inbound|payments|email|analytics|integrations|realtime|hosting)/',
      },
      to: {
        path: '^$1/(auth|data|files|push|functions|events|webhooks|inbound|payments|email|analytics|integrations|realtime|hosting)/',
        pathNot: '^$1/$2/',
      },
    },
    {
      name: 'one-store-talks-to-aws',
      comment: 'only the stores of a feature, and the clients that they use, import an AWS SDK',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: '-(store|client|table|queue)\\.ts$|/store-errors\\.ts$' },
      to: { path: '@aws-sdk/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { couldNotResolve: true, pathNot: '^(@compiled/|aws-lambda$)' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: '^(bin|cli|lib|lambdas|client|local|contracts|examples)/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(cdk\\.out|dist|\\.plinth)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
