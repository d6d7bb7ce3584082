const globals = require("globals");
const jsdoc = require("eslint-plugin-jsdoc");

// The rules of the OCA template that it treats as errors; style is prettier's.
const rules = {
    "init-declarations": "error",
    "no-cond-assign": "error",
    "no-const-assign": "error",
    "no-debugger": "error",
    "no-dupe-args": "error",
    "no-dupe-class-members": "error",
    "no-dupe-keys": "error",
    "no-duplicate-case": "error",
    "no-duplicate-imports": "error",
    "no-empty-function": "error",
    "no-empty-pattern": "error",
    "no-eq-null": "error",
    "no-eval": "error",
    "no-ex-assign": "error",
    "no-func-assign": "error",
    "no-global-assign": "error",
    "no-lonely-if": "error",
    "no-return-assign": "error",
    "no-undef": "error",
    "no-unneeded-ternary": "error",
    "no-unreachable": "error",
    "no-unsafe-finally": "error",
    "no-unused-expressions": "error",
    "no-unused-labels": "error",
    "no-unused-vars": "error",
    "no-use-before-define": "error",
    "operator-assignment": ["error", "always"],
    "spaced-comment": ["error", "always"],
    eqeqeq: "error",
    "prefer-const": "error",
    "no-shadow": "error",
    "no-alert": "error",
    "jsdoc/check-tag-names": "error",
    "jsdoc/check-types": "error",
};

module.exports = [
    {ignores: [".dev/**", "node_modules/**", "**/static/lib/**"]},
    {
        plugins: {jsdoc},
        languageOptions: {
            ecmaVersion: 2024,
            // Odoo's own bundles are modules, with or without its marking comment.
            sourceType: "module",
            globals: {
                ...globals.browser,
                luxon: "readonly",
                odoo: "readonly",
                owl: "readonly",
            },
        },
        rules,
    },
    {
        files: ["**/*.cjs"],
        languageOptions: {sourceType: "commonjs", globals: globals.node},
    },
];
