import {errand, open, see, walk, write} from "./steps";

const SECOND_CLICK_MS = 60;

const twice = errand("a double click", [
    open("problem"),
    write("In words", "form[action$='/tell'] textarea", "Please send it once more"),
    {
        content: "Send it with a double click",
        trigger: "form[action$='/tell'] button[type=submit]",
        run({anchor}) {
            anchor.click();
            setTimeout(() => anchor.click(), SECOND_CLICK_MS);
        },
        expectUnloadPage: true,
    },
    see("It is received", ".alert-success:contains(Thank you for telling us)"),
]);

walk("collections_portal_once", twice);
