import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/** Show the tab of this page on a phone, where the row is wider than the screen. */
export class CollectionsTabs extends Interaction {
    static selector = ".o_collections_nav";

    start() {
        const current = this.el.querySelector("[aria-current=page]");
        if (current) {
            current.scrollIntoView({block: "nearest", inline: "center"});
        }
    }
}

registry
    .category("public.interactions")
    .add("collections_portal.tabs", CollectionsTabs);
