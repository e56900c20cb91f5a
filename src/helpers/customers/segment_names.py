"""The segments of recency, frequency and money by their names: who their customers are, and where to begin with them."""

NO_PURCHASE = "No purchase kept"
# Name -> (who they are, what to do with them), in the order in which they are shown.
SEGMENTS = {
    "Champions": ("Bought very recently, often and for much", "Thank them, ask for referrals, no discounts"),
    "Loyal": ("Buy often or for much, still active", "Offer more of what they buy, and related things"),
    "Potential loyalists": ("Active, middling in purchases and money", "Invite to the loyalty programme"),
    "New": ("Bought very recently, little so far", "Welcome them and help the second purchase along"),
    "Promising": ("Bought recently, little so far", "Stay in touch, show the range"),
    "Need attention": ("Middling in everything", "A reason to come back now"),
    "About to sleep": ("Silent for a while, bought little", "A light reminder"),
    "At risk": ("Used to buy well, silent for long", "Ask what went wrong, win back"),
    "Cannot lose": ("Were among the best, silent for long", "A call, to half of them drawn by lot"),
    "Hibernating": ("Bought little, long ago", "Cheap channels only"),
    "Lost": (
        "Bought little or nothing in the window, longest ago",
        "Spend nothing but on what a test has proven",
    ),
    NO_PURCHASE: ("Only returns, or purchases returned in full", "Find out why they send things back"),
}
