using Ptewright.Texts;

namespace Ptewright.Tests.Firmware;

/// <summary>What consoles, journals and people put around kernel messages.</summary>
public class LogTextTests
{
    [Theory]
    [InlineData("Early memory node ranges")]
    [InlineData("[    0.000000] Early memory node ranges")]
    [InlineData("<6>[    0.000000] Early memory node ranges")]
    [InlineData("<6>Early memory node ranges")]
    [InlineData("[    0.000000][    T0] Early memory node ranges")]
    [InlineData("[    0.000000] [    T0] Early memory node ranges")]
    [InlineData("[Fri Nov 27 02:14:00 2026] Early memory node ranges")]
    [InlineData("[Nov27 02:14] Early memory node ranges")]
    [InlineData("[    0.000000 <    0.000000>] Early memory node ranges")]
    [InlineData("kern  :info  : [    0.000000] Early memory node ranges")]
    [InlineData("2026-11-27T02:14:00,000000+00:00 Early memory node ranges")]
    [InlineData("Nov 27 02:14:00 lab kernel: Early memory node ranges")]
    [InlineData("Nov 27 02:14:00 lab kernel: [    0.000000] Early memory node ranges")]
    [InlineData("2026-11-27T02:14:00+0000 lab kernel: Early memory node ranges")]
    [InlineData("kernel: Early memory node ranges")]
    [InlineData("6,12,0,-;Early memory node ranges")]
    [InlineData("6,12,0,-,caller=T0;Early memory node ranges")]
    [InlineData("> > [    0.000000] Early memory node ranges")]
    public void What_stands_before_a_message_is_left_aside(string line) =>
        Assert.Equal("Early memory node ranges", LogText.Message(line).ToString());

    [Theory]
    [InlineData("node   0: [mem 0x0000000040000000-0x000000007fffffff]")]
    [InlineData("Kernel command line: a;b kernel: c")]
    [InlineData("CPU0: kernel: x")]
    [InlineData("efi: EFI v2.7 by EDK II")]
    [InlineData("<abc> x")]
    [InlineData("[ never closed")]
    [InlineData("")]
    public void A_message_is_not_taken_for_a_prefix(string message) => Assert.Equal(message, LogText.Message(message).ToString());
}
