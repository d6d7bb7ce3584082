import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/**
 * Tell the sum while somebody chooses what to pay. The server reckons again: this is
 * for the eye alone, and the page works without it.
 */
export class CollectionsPay extends Interaction {
    static selector = "form.o_collections_pay";
    dynamicContent = {
        _root: {"t-on-input": this.onInput},
        ".o_collections_pay_total": {"t-att-class": () => ({"d-none": false})},
        ".o_collections_pay_total strong": {"t-out": () => this.getTotal()},
    };

    /** Whoever types an amount means to pay it. */
    onInput(ev) {
        if (ev.target.name.startsWith("amount_")) {
            const id = ev.target.name.slice("amount_".length);
            this.el.querySelector(`input[name=item][value="${id}"]`).checked = true;
        }
    }

    getTotal() {
        const digits = parseInt(this.el.dataset.digits);
        let total = 0;
        for (const box of this.el.querySelectorAll("input[name=item]:checked")) {
            total += this.parse(this.el.elements[`amount_${box.value}`].value);
        }
        return total.toLocaleString(document.documentElement.lang || undefined, {
            minimumFractionDigits: digits,
            maximumFractionDigits: digits,
        });
    }

    /**
     * @param {string} text as it is typed
     * @returns {number} 0 for what is no amount
     */
    parse(text) {
        const point = this.el.dataset.decimalPoint;
        const kept = text.replace(new RegExp(`[^0-9${point}]`, "g"), "");
        return parseFloat(kept.replace(point, ".")) || 0;
    }
}

registry.category("public.interactions").add("collections_portal.pay", CollectionsPay);
