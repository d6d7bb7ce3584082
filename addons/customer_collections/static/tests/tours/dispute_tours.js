import {fewClicks} from "@customer_collections/../tests/tours/clicks";
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("collections_dispute", {
    steps: () => [
        {
            content: "Open the customer",
            trigger: ".o_data_row:contains(Alma Bakery) td[name=segment_id]",
            run: "click",
        },
        ...fewClicks([
            {
                content: "They say: this is wrong",
                trigger: "div[name=agree] button:contains(This Is Wrong)",
                run: "click",
            },
            {
                content: "What is wrong",
                trigger:
                    ".modal div[name=reason_id] .btn:contains(The quantity is wrong)",
                run: "click",
            },
            {
                content: "How much of it",
                trigger: ".modal div[name=line_ids] .o_data_row td[name=amount]",
                run: "click",
            },
            {
                trigger: ".modal div[name=line_ids] .o_data_row div[name=amount] input",
                run: "edit 30",
            },
            {
                content: "Open it",
                trigger: ".modal button[name=action_open]",
                run: "click",
            },
        ]),
        {
            content: "Only the rest is collectible",
            trigger:
                "body:not(:has(.modal)) .o_collections_figures div[name=amount_collectible]:contains(70.00)",
        },
        {
            content: "Look at what is agreed",
            trigger: ".o_notebook a[name=agreed]",
            run: "click",
        },
        {
            content: "The dispute stands there",
            trigger: "div[name=dispute_ids] .o_data_row:contains(30.00)",
        },
    ],
});
