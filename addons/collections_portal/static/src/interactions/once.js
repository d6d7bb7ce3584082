import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

const SAME_CLICK_MS = 5000;

/**
 * Send a form once, however often somebody clicks: the browser would show the answer to
 * the second click, which meets what the first one has done. The page works without it.
 */
export class CollectionsOnce extends Interaction {
    static selector = ".o_collections form[method=post]";
    dynamicContent = {
        _root: {"t-on-submit": this.onSubmit},
        // Back on the page, it may be sent anew.
        _window: {"t-on-pageshow": this.forget},
    };

    setup() {
        this.forget();
    }

    forget() {
        this.sentAt = 0;
    }

    onSubmit(ev) {
        if (Date.now() - this.sentAt < SAME_CLICK_MS) {
            ev.preventDefault();
            return;
        }
        this.sentAt = Date.now();
    }
}

registry
    .category("public.interactions")
    .add("collections_portal.once", CollectionsOnce);
