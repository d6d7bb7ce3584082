import {fewClicks} from "@customer_collections/../tests/tours/clicks";
import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("collections_plan", {
    steps: () => [
        {
            content: "Open the customer",
            trigger: ".o_data_row:contains(Alma Bakery) td[name=segment_id]",
            run: "click",
        },
        ...fewClicks([
            {
                content: "They say that they need time",
                trigger: "div[name=agree] button:contains(We Need Time)",
                run: "click",
            },
            {
                content: "Three instalments are proposed",
                trigger: ".modal div[name=preview_ids] .o_data_row:contains(33.34)",
            },
            {
                content: "They would rather have two",
                trigger: ".modal div[name=instalment_count] input",
                run: "edit 2 && press Tab",
            },
            {
                content: "The schedule follows",
                trigger:
                    ".modal div[name=preview_ids] .o_data_row:contains(Instalment 2):contains(50.00)",
            },
            {
                content: "Set it up",
                trigger: ".modal button[name=action_propose]",
                run: "click",
            },
        ]),
        {
            content: "It runs",
            trigger: ".o_form_view .o_arrow_button_current:contains(Active)",
        },
        {
            content: "With its schedule",
            trigger: "div[name=instalment_ids] .o_data_row:contains(Coming)",
        },
    ],
});
