import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

export default defineConfig([
  ts.configs.recommended,
  hooks.configs.flat['recommended-latest'],
  a11y.flatConfigs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-alert': 'error',
      // What a text field of ours says must never become markup.
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Text stays text.' },
        { selector: "AssignmentExpression[left.property.name='innerHTML']", message: 'Text stays text.' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      // Our forms put the label beside the control by id.
      'jsx-a11y/label-has-associated-control': ['error', { assert: 'either' }],
      // A dialog's first field is where its reader wants to be.
      'jsx-a11y/no-autofocus': 'off',
    },
  },
]);
