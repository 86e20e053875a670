using Ptewright.Firmware;
using Ptewright.Memory;

namespace Ptewright.Tests.Firmware;

/// <summary>Damaged <c>--memory</c> arguments: read or refused with a sentence, in bounded time and memory.</summary>
public class MemorySpecFuzzTests
{
    [Fact]
    public void Damaged_arguments_are_read_or_refused_with_a_sentence()
    {
        string[] samples =
        [
            "64G", "64G@0x80000000", "2G@0x40000000,6G@0x880000000,!1M@0x50000000", "1T@4T,512M", "16384K@0x40000000,!64K@0x40010000,!64K@0x40020000",
        ];
        string[] tokens = ["1G", "@", "0x", ",", "!", "K", "T", "@0x40000000", ",!4K@0x40000000"];
        new TextFuzz("Memory '", samples, tokens, quotesWhole: true).Run(text =>
        {
            MemoryLayout layout = MemorySpec.Parse(text);
            TextFuzz.AssertSensible(layout.Memory);
        });
    }
}
