"""Files of recurrent networks as people save them, with what their own frameworks compute of them."""
