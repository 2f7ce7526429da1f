import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['python', 'dist', 'dist-*', 'coverage', 'outputs', '.cache', 'node_modules', '**/*.as.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: { globals: { process: 'readonly', console: 'readonly', Buffer: 'readonly', URL: 'readonly' } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 25],
      '@typescript-eslint/naming-convention': [
        'error',
        // One way for constants, whatever they hold; tables of names that belong to a format are PascalCase as there.
        { selector: 'variable', format: ['camelCase', 'PascalCase'], leadingUnderscore: 'allow' },
        { selector: 'function', format: ['camelCase'] },
        { selector: 'typeLike', format: ['PascalCase'] },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  {
    // Tables of cases in tests have as many columns as they need.
    files: ['src/**', 'bench/**', 'scripts/**'],
    rules: { '@typescript-eslint/max-params': ['error', { max: 4 }] },
  },
  {
    // Hot loops: an object for each call would cost more than the call.
    files: [
      'src/core/arrow/bitmap.ts',
      'src/core/fields/wide-integers.ts',
      'src/shard/parquet/encode/{bit-levels,delta,plain,rle}.ts',
      'src/shard/parquet/statistics/statistics.ts',
      'src/source/postgres/decode/decimal-exact.ts',
    ],
    rules: { '@typescript-eslint/max-params': 'off' },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable' } } },
  {
    files: ['test/**', 'bench/**', 'scripts/**', 'examples/**', '*.config.*'],
    rules: { 'no-console': 'off', 'max-lines-per-function': 'off', 'no-undef': 'off' },
  },
);
