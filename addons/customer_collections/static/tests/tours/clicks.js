// Whoever has a customer on the line: three clicks beyond the figures, not more.
const MOST_CLICKS = 3;

/**
 * Check that what is agreed takes few clicks.
 *
 * @param {object[]} steps of a tour, from the button to the end of the wizard
 * @returns {object[]} the same
 * @throws {Error} when there are more clicks than that
 */
export function fewClicks(steps) {
    // A click into a cell of a list is where a figure is typed.
    const clicks = steps.filter(
        (step) => step.run === "click" && !step.trigger.includes(" td[name=")
    ).length;
    if (clicks > MOST_CLICKS) {
        throw new Error(`${clicks} clicks are too many: ${steps[0].content}`);
    }
    return steps;
}
