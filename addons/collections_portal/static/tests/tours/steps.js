import {registry} from "@web/core/registry";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// From the link to done, whatever is done
const MOST_PAGES = 3;

export const see = (content, trigger, more) => ({content, trigger, ...more});

export const click = (content, trigger) => ({content, trigger, run: "click"});

export const write = (content, trigger, text) => ({
    content,
    trigger,
    run: `edit ${text}`,
});

export const choose = (content, trigger, label) => ({
    content,
    trigger,
    run: `selectByLabel ${label}`,
});

/* Leave the page: this is what a visitor counts. */
export const go = (content, trigger) => ({
    content,
    trigger,
    run: "click",
    expectUnloadPage: true,
});

/* Open a page by its tab. */
export const open = (path) =>
    go(`Open ${path}`, `.o_collections_nav a[href$='/${path}']`);

/* Open the plan there is, from the page of plans. */
export const openPlan = (content) =>
    go(content, ".o_collections .list-group a[href*='/plan/']");

/* Sign a plan with one's name, in the form of that action. */
export const sign = (action, name) => [
    write("My name", `form[action$='${action}'] input[name=name]`, name),
    click("I agree", `form[action$='${action}'] input[name=agree]`),
    go("Agree", `form[action$='${action}'] button[type=submit]`),
    see("It is agreed", ".alert-success:contains(It is agreed)"),
];

/* Whoever cannot see it, hold a mouse or has a small window can use the page, too. */
export const look = (content, trigger = ".o_collections") => ({
    content: `${content}: for everybody`,
    trigger,
    async run() {
        const {scrollWidth, clientWidth} = document.documentElement;
        if (scrollWidth > clientWidth) {
            throw new Error(`${scrollWidth} wide in a window of ${clientWidth}`);
        }
        if (!window.axe) {
            const script = document.createElement("script");
            script.textContent = localStorage.getItem("axe");
            document.head.append(script);
        }
        // Odoo's own mark of a provider in test mode is not ours.
        const page = {include: ["#wrap"], exclude: ["i[aria-label='Test mode']"]};
        const {violations} = await window.axe.run(page, {runOnly: WCAG});
        if (violations.length) {
            throw new Error(
                violations
                    .map(({help, nodes}) => `${help}: ${nodes.map(({html}) => html)}`)
                    .join("\n")
            );
        }
    },
});

/* What is done from a link, in no more than three steps. */
export function errand(name, steps) {
    const pages = steps.filter((step) => step.expectUnloadPage).length;
    if (pages > MOST_PAGES) {
        throw new Error(`${name} takes ${pages} steps`);
    }
    return steps;
}

/* A tour that does one errand after the other. */
export function walk(name, ...errands) {
    registry.category("web_tour.tours").add(name, {steps: () => errands.flat()});
}
